"""What scenarios are written with: sockets on remote peers, expectations, and what several families share."""
