import { render } from "preact";
import { App } from "./app.tsx";
import { startTheme } from "./state/theme.ts";
import "./styles.ts";

startTheme();
const root = document.querySelector("#app");
if (root !== null) render(<App />, root);
