// The console's composition: styles, who is signed in, the live line, keys, the screen.

import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/list.css";
import "./styles/talk.css";
import "./styles/compose.css";
import "./styles/side.css";
import "./styles/pages.css";
import "./styles/phrases.css";
import "./styles/knowledge.css";
import "./styles/wordings.css";
import "./styles/touch.css";
import { render } from "preact";
import { startKeyboard } from "./state/keyboard";
import { startLive } from "./state/live";
import { boot } from "./state/me";
import { startTitle } from "./state/notices";
import { tellRead } from "./state/open";
import { startParting } from "./state/parting";
import { App } from "./views/app";

const root = document.getElementById("app");
if (root) render(<App />, root);
startLive();
startKeyboard();
startTitle();
startParting();
addEventListener("focus", () => void tellRead());
void boot();
