import { render } from "preact";
import { Home } from "../src/screens/home.tsx";
import { ChatContext } from "../src/state/client-context.ts";
import { Blocked } from "../src/state/blocked.ts";
import { Drafts } from "../src/state/drafts.ts";
import { Push } from "../src/state/push.ts";
import { startTheme } from "../src/state/theme.ts";
import "../src/styles.ts";
import { FakeClient } from "./fake-client.ts";
import { fakePushBrowser } from "./fake-push-browser.ts";

// dev.html?messages=10000&conversations=1000&state=offline&dir=rtl&push=blocked
const query = new URLSearchParams(location.search);
document.documentElement.dir = query.get("dir") ?? "ltr";

const client = new FakeClient({
  messages: Number(query.get("messages") ?? 400),
  conversations: Number(query.get("conversations") ?? 14),
  state: query.get("state") ?? "online",
});
const push = new Push({
  client,
  browser: fakePushBrowser(query.get("push") ?? "off", client.userId),
  userId: client.userId,
  deviceId: client.deviceId,
  getToken: async () => "token",
  justSignedIn: false,
});
const drafts = new Drafts(client.userId);
drafts.set("c3", "The key is under the third");
startTheme();
Object.assign(globalThis, { fakeClient: client });

const root = document.querySelector("#app");
if (root !== null) {
  render(
    <ChatContext.Provider
      value={{
        client,
        drafts,
        blocked: new Blocked(client),
        push,
        userId: client.userId,
        folding: true,
        operatorToken: undefined,
        signOut: () => location.reload(),
        leave: () => location.reload(),
        forget: async () => undefined,
      }}
    >
      <Home />
    </ChatContext.Provider>,
    root,
  );
}
