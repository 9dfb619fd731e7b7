//! Room 4, sockets.
