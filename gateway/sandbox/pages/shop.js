// The shop's own buttons open the chat window that the widget brings.

for (const button of document.querySelectorAll("[data-chat]")) {
  button.addEventListener("click", () => window.Parley?.open());
}
