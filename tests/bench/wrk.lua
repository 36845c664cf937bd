-- Sends the requests of one operation and prints the results in one line.
-- Environment: BENCH_OP (list, beyond, get, create, update), BENCH_TOKENS and,
-- for get and update, BENCH_IDS, both separated by blanks. Tokens must not be
-- on a command line, where other users see them.
local UPDATES = 1000
local op = os.getenv("BENCH_OP")
local requests = {}
local next_request = 0
local thread
busy = 0

local function words(name)
  local list = {}
  for word in (os.getenv(name) or ""):gmatch("%S+") do
    list[#list + 1] = word
  end
  return list
end

local function add(method, path, token, body)
  local headers = { Authorization = "Bearer " .. token }
  if body then
    headers["Content-Type"] = "application/json"
  end
  requests[#requests + 1] = wrk.format(method, path, headers, body)
end

-- Consecutive updates write different titles, so each changes something.
local function add_updates(token, ids)
  for i = 1, UPDATES do
    add("PATCH", "/api/tasks/" .. ids[i % #ids + 1], token,
        '{"title":"Change number ' .. i .. '","priority":"high"}')
  end
end

function init()
  local tokens = words("BENCH_TOKENS")
  if op == "list" or op == "beyond" then
    for _, token in ipairs(tokens) do
      add("GET", "/api/tasks?limit=20", token)
    end
  elseif op == "get" then
    for _, id in ipairs(words("BENCH_IDS")) do
      add("GET", "/api/tasks/" .. id, tokens[1])
    end
  elseif op == "create" then
    add("POST", "/api/tasks", tokens[1],
        '{"title":"Buy milk","description":"Two litres","priority":"low"}')
  elseif op == "update" then
    add_updates(tokens[1], words("BENCH_IDS"))
  end
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end

-- A response function slows wrk down, so define it only where refusals are
-- expected.
if op == "beyond" then
  function response(status, headers)
    if status == 503 and headers["Retry-After"] then
      busy = busy + 1
    end
  end
end

function setup(the_only_one)
  thread = the_only_one
end

-- Prints the number of requests, the duration in microseconds, the percentiles
-- 50, 95 and 99 in microseconds, the number of replies with 400 and above, of
-- requests without a reply, and of 503 replies with Retry-After.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("figures %d %d %d %d %d %d %d %d\n",
    summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(95), latency:percentile(99),
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    thread:get("busy")))
end
