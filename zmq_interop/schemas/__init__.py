"""Protocol Buffers: the project's protos, those of users, their samples, and what a change of them breaks."""
