import { Refused } from "./session.svelte";

/** What a person asked for: whether it is on its way, and why it was refused. */
export class Attempt {
  sending = $state(false);
  refusal = $state("");

  /** Do it; false when it was refused. */
  async make(action: () => Promise<unknown>): Promise<boolean> {
    this.sending = true;
    this.refusal = "";
    try {
      await action();
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refusal = error.message;
      return false;
    } finally {
      this.sending = false;
    }
  }
}
