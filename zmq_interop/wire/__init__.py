"""The bytes between two sockets: a relay that sees them, a decoder of ZMTP, transcripts and their forms."""
