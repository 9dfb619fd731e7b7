-- As many requests in one write as the first argument says: wrk -s wrk.lua URL -- 16
local depth = 1
function init(arguments)
  depth = tonumber(arguments[1]) or 1
  local requests = {}
  for index = 1, depth do
    requests[index] = wrk.format(nil)
  end
  batch = table.concat(requests)
end
function request()
  return batch
end
