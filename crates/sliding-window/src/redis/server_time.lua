-- Reads the server's clock, in microseconds. Tests replace this file with a clock of their own.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
