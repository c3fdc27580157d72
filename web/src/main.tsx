import { render } from "preact";
import { App } from "./app.tsx";
import { keepForOffline } from "./state/app-update.ts";
import { startTheme } from "./state/theme.ts";
import "./styles.ts";

startTheme();
const root = document.querySelector("#app");
if (root !== null) render(<App />, root);

// Not while developing: what was changed would not be seen.
if (import.meta.env.PROD) {
  keepForOffline().catch(() => {
    // Refused by the browser, or the server is gone at this very moment: everything works, but for the next start
    // without a network.
  });
}
