import { render } from "preact";
import { App } from "./app.tsx";
import { startTheme } from "./state/theme.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/list.css";
import "./styles/conversation.css";
import "./styles/forms.css";

startTheme();
const root = document.querySelector("#app");
if (root !== null) render(<App />, root);
