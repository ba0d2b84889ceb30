-- Decides one request: every limit is charged, or none. Redis runs a script without interruption.
--
-- KEYS: one sorted set per limit. The set contains the admissions of a key, scored by their time in microseconds.
-- ARGV: per limit the ID of the admission, the number of requests, and the window in microseconds.
-- Returns {id, 1, remaining, reset, remaining, reset, ...} or {id, 0, which, wait}. `id` is the ID of the
-- first admission, by which the client recognizes the reply to its call. `which` is the number of the limit
-- with the longest `wait`. The first limit has the number 1.

-- Moves the admissions of a key back if the newest one is in the future, because the server's clock can
-- be set back. The distances between the admissions stay the same. No client waits until the clock catches up.
local function move_out_of_future(key)
  local newest = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
  if not newest or newest - now <= 0 then return end
  local ahead = newest - now
  for _, admission in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    redis.call('ZINCRBY', key, -ahead, admission)
  end
end

-- Returns the time until one more admission is free. The window is full while the `requests`-th newest admission
-- is inside the window. `charges` is the number of earlier charges of the key in this call.
local function wait_of(key, requests, window, charges)
  if charges >= requests then return window end
  local blocking = redis.call('ZRANGE', key, charges - requests, charges - requests, 'WITHSCORES')[2]
  return blocking and blocking + window - now or 0
end

local charges, longest, which = {}, 0, 0
for i, key in ipairs(KEYS) do
  local requests, window = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  move_out_of_future(key)
  local wait = wait_of(key, requests, window, charges[key] or 0)
  charges[key] = (charges[key] or 0) + 1
  if wait > 0 and wait >= longest then longest, which = wait, i end
end
if which > 0 then return { ARGV[1], 0, which, longest } end

local reply = { ARGV[1], 1 }
for i, key in ipairs(KEYS) do
  local requests, window = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  -- Also removes an admission that is exactly `window` old, because the window is half-open.
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  redis.call('ZADD', key, now, ARGV[3 * i - 2])
  -- Rounds the expiry time up, because the key must not expire before its admissions.
  redis.call('PEXPIREAT', key, math.ceil((now + window) / 1000))
  local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  reply[#reply + 1] = requests - redis.call('ZCARD', key)
  reply[#reply + 1] = oldest + window - now
end
return reply
