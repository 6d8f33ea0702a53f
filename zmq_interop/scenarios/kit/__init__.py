"""The toolkit for scenarios: sockets on remote peers, expectations, and code that several families share."""
