-- Goes before both scripts: the clock, the calls of the last window, and what 429s have taught.
--
-- KEYS  1 TAT of all requests   2 TAT of background requests   3 end of a block
--       4 calls by slice of the window   5 what 429s have taught   6 the clock
-- ARGV  1 limit   2 window in µs   3 longest block in µs
--
-- Fields of KEYS[5], all absent while the peer takes what it should:
--   base     the calls in a window that it takes, as learned
--   since    from when on `base` is exceeded again, first a little and then ever more
--   refused  the calls of the window in which it said 429; until it takes calls again
--   scout    when, after that, the one call was let through that shows whether it does
--   strikes  scouts that were refused on end
local SLICES = 60
-- how soon after a call its 429 comes, at the latest, in slices
local ANSWERED = 1
-- growth: base x (1 + 3 % x (2^windows - 1)), so +3 % after one, +21 % after three, x 2.9 after six
local GROWTH = 0.03
-- whatever a peer says, this share of the limit stays
local FLOOR = 0.02
local TREMBLE_US = 1000000

local limit, window, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local function fields(key)
  local found, all = {}, redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    found[all[i]] = tonumber(all[i + 1])
  end
  return found
end

-- Redis's clock, which is not set back here: what it was set back by is added to it from then on. Else
-- all that is kept would lie in the future, and nothing would be granted until it came. A clock that
-- trembles is left as it is: a moment's wait is the worst of it.
local clock, time = fields(KEYS[6]), redis.call('TIME')
local behind = clock.behind or 0
local now = time[1] * 1000000 + time[2] + behind

local function keep_clock()
  redis.call('HSET', KEYS[6], 'seen', string.format('%.0f', now), 'behind', string.format('%.0f', behind))
  -- longer than whatever it goes for, whose own expiry a clock that is set back puts off
  redis.call('PEXPIRE', KEYS[6], math.ceil((20 * window + longest + behind) / 1000) + 1000)
end

if clock.seen and now < clock.seen - TREMBLE_US then
  behind, now = behind + clock.seen - now, clock.seen
  keep_clock()
end

-- until when nobody may take anything; now, where there is no block
local function blocked_until()
  return math.min(now + longest, math.max(now, tonumber(redis.call('GET', KEYS[3]) or 0)))
end

local slice_us = window / SLICES
local slice = math.floor(now / slice_us)

-- the calls that the peer may still be counting, at most a slice too many
local function recent_calls()
  local sum = 0
  for at, calls in pairs(fields(KEYS[4])) do
    if tonumber(at) >= slice - SLICES then
      sum = sum + calls
    end
  end
  return sum
end

local function count_call(calls)
  keep_clock()
  if redis.call('HINCRBY', KEYS[4], string.format('%.0f', slice), calls) == 1 then
    for at in pairs(fields(KEYS[4])) do
      if tonumber(at) < slice - SLICES then
        redis.call('HDEL', KEYS[4], at)
      end
    end
  end
  redis.call('PEXPIRE', KEYS[4], math.ceil(2 * window / 1000))
end

local taught = fields(KEYS[5])

-- the calls that a window may hold now
local function allowance()
  if not taught.base then
    return limit
  end
  local windows = taught.since and (now - taught.since) / window or 0
  return math.min(limit, taught.base * (1 + GROWTH * (2 ^ windows - 1)))
end

local function learn(base)
  taught.base = math.max(1, FLOOR * limit, base)
end

local function keep_taught()
  redis.call('DEL', KEYS[5])
  for name, value in pairs(taught) do
    redis.call('HSET', KEYS[5], name, string.format('%.3f', value))
  end
  redis.call('PEXPIRE', KEYS[5], math.ceil((20 * window + longest) / 1000))
end
