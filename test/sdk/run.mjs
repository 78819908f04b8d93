// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Cloudflare's own TypeScript SDK, unchanged, against the webhooks API at CLOUDFLARE_BASE_URL: all operations, and the
// typed errors that its users catch. NODE_EXTRA_CA_CERTS names the authority to trust.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const sdkFolder = path.resolve(process.env.RTKHOOKS_SDK_DIR || path.dirname(fileURLToPath(import.meta.url)));
const { default: Cloudflare } = createRequire(path.join(sdkFolder, 'package.json'))('cloudflare');

const account_id = '023e105f4ecef8ad9ca31a8372d0c353';
const app = '2b1e5f0c-6a5d-4d0c-9a8e-0f1e2d3c4b5a';
const unknownId = '00000000-0000-4000-8000-000000000000';
const baseURL = process.env.CLOUDFLARE_BASE_URL;
const apiToken = process.env.CLOUDFLARE_API_TOKEN;
assert.ok(baseURL && apiToken, 'CLOUDFLARE_BASE_URL and CLOUDFLARE_API_TOKEN must be set');

const connect = (options) => new Cloudflare({ baseURL, apiToken, maxRetries: 0, ...options }).realtimeKit.webhooks;
const hooks = connect();

async function fails(call, type, status) {
    await assert.rejects(call, (error) => {
        assert.ok(error instanceof type, `${type.name} expected, not ${error}`);
        assert.equal(error.status, status);
        assert.match(error.headers.get('cf-ray'), /^[0-9a-f]{16}-EMU$/);
        return true;
    });
}

// --- the operations ---------------------------------------------------------------------------------------------------

const wanted = { name: 'audit \u00fc', url: 'https://example.com/hook', events: ['meeting.started', 'meeting.ended'] };
assert.deepEqual((await hooks.getWebhooks(app, { account_id })).data, []);

const created = await hooks.createWebhook(app, { account_id, ...wanted });
assert.equal(created.success, true);
const hook = created.data;
assert.match(hook.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
assert.deepEqual(
    { name: hook.name, url: hook.url, events: hook.events, enabled: hook.enabled },
    { ...wanted, enabled: true },
);
assert.ok(Math.abs(Date.parse(hook.created_at) - Date.now()) < 60_000);
assert.equal(hook.updated_at, hook.created_at);

const at = { account_id, app_id: app };
assert.deepEqual((await hooks.getWebhooks(app, { account_id })).data, [hook]);
assert.deepEqual((await hooks.getWebhookByID(hook.id, at)).data, hook);

const other = { name: 'other', url: 'https://example.com/other', events: ['recording.statusUpdate'], enabled: false };
const replaced = (await hooks.replaceWebhook(hook.id, { ...at, ...other })).data;
assert.deepEqual(replaced, { ...hook, ...other, updated_at: replaced.updated_at });
assert.ok(Date.parse(replaced.updated_at) > Date.parse(hook.updated_at));

const edited = (await hooks.editWebhook(hook.id, { ...at, name: 'edited' })).data;
assert.deepEqual(edited, { ...replaced, name: 'edited', updated_at: edited.updated_at });

// --- the errors -------------------------------------------------------------------------------------------------------

const { BadRequestError, AuthenticationError, NotFoundError, ConflictError, APIError } = Cloudflare;

await fails(hooks.createWebhook(app, { account_id, ...wanted, name: undefined }), BadRequestError, 400);
await fails(hooks.createWebhook(app, { account_id, ...wanted, events: ['meeting.unheardOf'] }), BadRequestError, 400);
await fails(hooks.getWebhookByID('no-id', at), BadRequestError, 400);
await fails(connect({ apiToken: 'wrong' }).getWebhooks(app, { account_id }), AuthenticationError, 401);
await fails(hooks.getWebhookByID(unknownId, at), NotFoundError, 404);
await fails(hooks.replaceWebhook(unknownId, { ...at, ...wanted }), NotFoundError, 404);
await fails(hooks.editWebhook(unknownId, { ...at, name: 'x' }), NotFoundError, 404);
await fails(hooks.deleteWebhook(unknownId, at), NotFoundError, 404);
await fails(hooks.createWebhook(app, { account_id, ...wanted, url: other.url }), ConflictError, 409);
await fails(new Cloudflare({ baseURL, apiToken, maxRetries: 0 }).put('/nowhere'), APIError, 404);

// An email and a key in the place of the token.
const byKey = connect({ apiToken: null, apiEmail: 'me@example.com', apiKey: apiToken });
assert.deepEqual((await byKey.getWebhooks(app, { account_id })).data, [edited]);

// Many at once, as the SDK's connections have it.
const many = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
        hooks.createWebhook(app, { account_id, ...wanted, url: `https://example.com/${i}` }),
    ),
);
assert.equal((await hooks.getWebhooks(app, { account_id })).data.length, 51);
await Promise.all(many.map(({ data }) => hooks.deleteWebhook(data.id, at)));

assert.deepEqual((await hooks.deleteWebhook(hook.id, at)).data, edited);
await fails(hooks.getWebhookByID(hook.id, at), NotFoundError, 404);
assert.deepEqual((await hooks.getWebhooks(app, { account_id })).data, []);

console.log('the TypeScript SDK: all operations and errors as its users expect them');
