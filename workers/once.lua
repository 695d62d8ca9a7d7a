-- Whether this is the first in so long, by Redis's clock. A key that expires would not do: its expiry is
-- a time of day, which a clock that is set back puts off.
--
-- KEYS  1 when it was let through last, in ms   ARGV  1 how long nothing else is, in ms
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ago = now - tonumber(redis.call('GET', KEYS[1]) or 0)
if ago >= 0 and ago < tonumber(ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], string.format('%.0f', now), 'PX', ARGV[1])
return 1
