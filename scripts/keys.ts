import { vapidKeys } from "./development-keys.ts";

/** Prints what a server needs to push to browsers, as lines for its environment. */
const lines = Object.entries(vapidKeys()).map(([name, value]) => `${name}=${value}`);
console.log(`${lines.join("\n")}
VAPID_SUBJECT=mailto:you@example.com

The three lines go into the server's environment; VAPID_SUBJECT says whom push services write to when something is wrong:
an address or an https: page of yours. On Cloudflare VAPID_PRIVATE_KEY is a secret (npx wrangler secret put
VAPID_PRIVATE_KEY --env production), the others are variables in wrangler.toml.

Keep the pair: browsers subscribe to its public half. Whoever subscribed under an old pair is out of reach of a new one
until the app is opened again.`);
