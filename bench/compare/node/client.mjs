// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The same calls by Cloudflare's TypeScript SDK, as it comes: it makes a connection for each call at a time, and resumes
// TLS sessions. Options and report are those of ../measure.hpp. NODE_EXTRA_CA_CERTS names the authority. The SDK is
// looked for in RTKHOOKS_SDK_DIR.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { default: Cloudflare } = createRequire(path.join(path.resolve(process.env.RTKHOOKS_SDK_DIR), 'package.json'))(
    'cloudflare',
);

const text = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({
    options: {
        port: text(''),
        ca: text(''),
        target: text(''),
        operation: text('get'),
        status: text('200'),
        connections: text('1'),
        concurrent: text('1'),
        requests: text('1000'),
        'warm-up': text('100'),
        resume: text(''),
    },
});
const status = Number(values.status);
const concurrent = Number(values.concurrent);
const skip = (skipped) => {
    console.log(JSON.stringify({ skipped }));
    process.exit(0);
};
if (concurrent > Number(values.connections)) {
    skip('has no bound on its connections');
}
if (values.resume === 'no') {
    skip('always resumes sessions');
}

// /client/v4/accounts/ACCOUNT/realtime/kit/APP/webhooks[/ID]
const [, , , , account_id, , , app_id, , id] = values.target.split('/');
const hooks = new Cloudflare({
    baseURL: `https://127.0.0.1:${values.port}/client/v4`,
    apiToken: 'bench-token-0123456789abcdefghijklmnopqr',
    maxRetries: status >= 400 ? 0 : 2,
}).realtimeKit.webhooks;

const created = {
    name: 'Audit trail',
    url: 'https://hooks.example.com/audit',
    events: [
        'meeting.started',
        'meeting.ended',
        'meeting.participantJoined',
        'meeting.participantLeft',
        'meeting.chatSynced',
        'recording.statusUpdate',
        'livestreaming.statusUpdate',
        'meeting.transcript',
        'meeting.summary',
    ],
    enabled: true,
};
const isWhole = (hook) => hook.id.length === 36 && hook.events.length === created.events.length;

// Whether the answer is the one expected.
async function call() {
    try {
        if (values.operation === 'list') {
            const { data } = await hooks.getWebhooks(app_id, { account_id });
            return data.length === 1000 && isWhole(data[999]);
        }
        const answer =
            values.operation === 'create'
                ? await hooks.createWebhook(app_id, { account_id, ...created })
                : await hooks.getWebhookByID(id, { account_id, app_id });
        return status < 400 && isWhole(answer.data);
    } catch (error) {
        if (error.status !== status) {
            console.error(String(error));
        }
        return error.status === status && error.error?.error?.code === status;
    }
}

async function batch(requests) {
    const latencies = [];
    let taken = 0;
    let failures = 0;
    const callAgainAndAgain = async () => {
        while (taken < requests) {
            taken += 1;
            const began = process.hrtime.bigint();
            if (!(await call())) {
                failures += 1;
            }
            latencies.push(Number(process.hrtime.bigint() - began) / 1000);
        }
    };
    await Promise.all(Array.from({ length: concurrent }, callAgainAndAgain));
    return { latencies, failures };
}

// A line of /proc/self/status, in KiB.
function memory(name) {
    const line = readFileSync('/proc/self/status', 'utf8').match(new RegExp(`^${name}:\\s*(\\d+)`, 'm'));
    return Number(line?.[1] ?? 0);
}

await batch(Number(values['warm-up']));
const began = process.hrtime.bigint();
const before = process.cpuUsage();
const { latencies, failures } = await batch(Number(values.requests));
const cpu = process.cpuUsage(before);
const wall = Number(process.hrtime.bigint() - began) / 1e9;
latencies.sort((a, b) => a - b);
console.log(
    JSON.stringify({
        requests: latencies.length,
        failures,
        wall_s: wall,
        cpu_s: (cpu.user + cpu.system) / 1e6,
        p50_us: latencies[Math.floor(latencies.length / 2)],
        p99_us: latencies[Math.floor((latencies.length * 99) / 100)],
        rss_kib: memory('VmRSS'),
        peak_rss_kib: memory('VmHWM'),
        opened: 0,
        resumed: null,
    }),
);
process.exit(0);
