#!/bin/sh
# POST: gives back the body once it is all there.
head -c "$CONTENT_LENGTH" >"/tmp/echo.$$"
printf 'Content-Type: application/octet-stream\r\nContent-Length: %s\r\n\r\n' "$CONTENT_LENGTH"
cat "/tmp/echo.$$"
rm "/tmp/echo.$$"
