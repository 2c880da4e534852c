-- wrk script of the webhook figure: authenticated END events of about 1 KB, every body its own call.
--   wrk -t2 -c64 -d10s -s webhook.lua URL -- KEY RUN
-- Requests are strings put together here, and there is no response() callback, so that the load generator takes
-- little of the processors that it shares with the server. Prints one JSON line at the end.

local threads = 0

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function init(args)
    local key, run = args[1], args[2]
    -- The variables of the panel's template, as a call that a queue answered has them at its end.
    local before = '{"hooktrigger": "END", "hookid": "71", "hookname": "oidor", "cdrid": "'
    local after = '", "dialtime": "2026-03-02 14:05:11", "direction": "in", "calling": "1145678901", '
        .. '"called": "08005550100", "status": "ANSWERED", "duration": "184", "billseconds": "171", "price": "0", '
        .. '"wasrecorded": "1", "audio_file_mp3": "https://recordings.example.com/2026/03/02/call.mp3", '
        .. '"audio_file_wav": "", "answerextension": "204", "accountextension": "200", "accounttags": "ventas,web", '
        .. '"queuename": "ventas", "queuewaittime": "9", "queuetalktime": "171", "queueagentname": "Lucía", '
        .. '"queueagentextension": "204", "tenantid": "12", "accountid": "34", "accountname": "Casa central", '
        .. '"custom1": "", "custom2": "", "custom3": "", "custom4": "", "custom5": "", "custom6": "'
    local close = '"}'
    local id_size = #run + 1 + 2 + 1 + 9
    local padding = string.rep("x", math.max(0, 1024 - #before - id_size - #after - #close))
    local tail = after .. padding .. close
    local head = "POST " .. wrk.path .. " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port
        .. "\r\nX-API-Key: " .. key .. "\r\nContent-Type: application/json\r\nContent-Length: "
        .. (#before + id_size + #tail) .. "\r\n\r\n" .. before
    local name = string.format("%s-%02d-", run, number)
    local format, count = string.format, 0
    request = function()
        count = count + 1
        return head .. name .. format("%09d", count) .. tail
    end
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '{"requests": %d, "seconds": %.6f, "not_ok": %d, "socket_errors": %d, "timeouts": %d, '
        .. '"p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f}\n',
        summary.requests, summary.duration / 1e6, errors.status, errors.connect + errors.read + errors.write,
        errors.timeout, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
