-- The peer said 429: lets nobody take anything for a while, and learns what the peer takes.
-- Returns for how long, and for how long nobody could anyway, in microseconds.
--
-- ARGV  4 how long the peer asked for in µs, "" where it did not say   5 random, 0 to 1
count_call(-1)
local refused = recent_calls()
local is_late = taught.refused and not taught.scout
if taught.scout and now < taught.scout + 3 * ANSWERED * slice_us then
  -- The scout: the peer takes less than was believed. It was sent with as many calls in the window
  -- as were believed in, or with fewer, whose number is then the better guess.
  taught.strikes = taught.strikes + 1
  local guess = refused < 0.9 * taught.base and 0.98 * refused or 0.75 * taught.base
  learn(math.max(0.5 * taught.base, guess))
elseif not is_late then
  local allowed = allowance()
  taught = {base = allowed, strikes = 0}
  if 2 * refused >= allowed then
    learn(0.98 * refused)
  end
end
if not is_late then
  -- the answers of calls that were on their way by then teach nothing more
  taught.refused, taught.scout, taught.since = refused, nil, nil
  keep_taught()
end

local wait = tonumber(ARGV[4])
if not wait then
  -- full jitter: up to 2 s of a minute's window, twice that after each scout
  wait = tonumber(ARGV[5]) * math.min(longest, 2 * slice_us * 2 ^ taught.strikes)
end
local before = blocked_until()
local ends = math.max(now + wait, before)
if ends > now then
  redis.call('SET', KEYS[3], string.format('%.0f', ends), 'PX', math.ceil((ends - now) / 1000) + 1)
end
return {math.ceil(ends - now), math.ceil(before - now)}
