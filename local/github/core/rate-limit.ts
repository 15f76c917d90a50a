/** The primary limit's figures in every answer. They count down as GitHub's do; only an injected fault makes a caller wait. */
const LIMIT = 15_000;
const HOUR = 3600;

export class RateLimit {
  private readonly windows = new Map<string, { reset: number; used: number }>();

  /** Headers for one more request of `caller`. `exhausted` gives those of a limit that has been reached. */
  headers(caller: string, exhausted = false, resetIn = 1): Record<string, string> {
    const now = Math.floor(Date.now() / 1000);
    let window = this.windows.get(caller);
    if (!window || window.reset <= now) {
      window = { reset: now + HOUR, used: 0 };
      this.windows.set(caller, window);
    }
    window.used += 1;
    // Never 0 by counting: clients stop by themselves when they see 0, and nothing here asks them to.
    const remaining = exhausted ? 0 : Math.max(LIMIT - window.used, 1);
    return {
      "X-RateLimit-Limit": String(LIMIT),
      "X-RateLimit-Remaining": String(remaining),
      "X-RateLimit-Used": String(exhausted ? LIMIT : Math.min(window.used, LIMIT - 1)),
      "X-RateLimit-Reset": String(exhausted ? now + resetIn : window.reset),
      "X-RateLimit-Resource": "core",
    };
  }
}
