-- Decides one request: all of its limits admit it, or none is charged. Nothing runs in between.
--
-- KEYS: for each limit its key's log, a sorted set of admissions by the microsecond.
-- ARGV: for each limit the admission's own number, the requests, and the window in microseconds.
-- Answers {number, 1, remaining, reset, remaining, reset, ...} or {number, 0, which, wait}, where
-- number is the first admission's: it tells the asker that this is the answer to its question.

-- A server's clock can be set back. What lies ahead of it then was admitted now at the latest: the
-- log is moved back by as much, which keeps its distances and makes nobody wait for the clock.
local function settle(key)
  local newest = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
  if not newest or newest - now <= 0 then return end
  local ahead = newest - now
  for _, admission in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    redis.call('ZINCRBY', key, -ahead, admission)
  end
end

-- How long until one more fits: the window is full while the admission that stands as far from the
-- newest as the limit allows is still inside. Those this request takes itself are `taken`.
local function pause(key, requests, window, taken)
  if taken >= requests then return window end
  local brink = redis.call('ZRANGE', key, taken - requests, taken - requests, 'WITHSCORES')[2]
  return brink and brink + window - now or 0
end

local asked, wait, which = {}, 0, 0
for i, key in ipairs(KEYS) do
  local requests, window = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  settle(key)
  local own = pause(key, requests, window, asked[key] or 0)
  asked[key] = (asked[key] or 0) + 1
  if own > 0 and own >= wait then wait, which = own, i end
end
if which > 0 then return { ARGV[1], 0, which, wait } end

local answer = { ARGV[1], 1 }
for i, key in ipairs(KEYS) do
  local requests, window = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  -- Half-open: at the very microsecond of its release an admission is no longer held.
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  redis.call('ZADD', key, now, ARGV[3 * i - 2])
  -- At an absolute time, and rounded up: the key must not go before what it holds does.
  redis.call('PEXPIREAT', key, math.ceil((now + window) / 1000))
  local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  answer[#answer + 1] = requests - redis.call('ZCARD', key)
  answer[#answer + 1] = oldest + window - now
end
return answer
