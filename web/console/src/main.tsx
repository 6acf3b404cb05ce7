import { signal } from "@preact/signals";
import { render } from "preact";

const said = signal("Parley");
function App() {
  return <main>{said.value}</main>;
}
const root = document.getElementById("app");
if (root) render(<App />, root);
