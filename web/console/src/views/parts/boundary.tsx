// A fault in one pane stays in that pane: the others go on, and this one says what to do.

import { Component, type ComponentChildren } from "preact";
import { words } from "../../i18n";

interface BoundaryProps {
  readonly children: ComponentChildren;
}

export class Boundary extends Component<BoundaryProps, { readonly failed: boolean }> {
  override state = { failed: false };

  override componentDidCatch(error: unknown): void {
    console.error(error);
    this.setState({ failed: true });
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div class="empty middle" role="alert">
        <p>{words.value.brokenPane}</p>
        <button type="button" class="button" onClick={() => this.setState({ failed: false })}>
          {words.value.retry}
        </button>
      </div>
    );
  }
}
