"""What `inspect-server up` starts and watches: store, web server, worker, TLS on a LAN."""
