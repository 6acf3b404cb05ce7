"""What others read: plain functions of a connection, paged by cursors."""
