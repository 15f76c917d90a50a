/**
 * Reads each file once. Repositories of one organization carry the same workflow files, and several judges ask about the same one; reading
 * one costs milliseconds: without this, judging a thousand repositories takes as long as everything else together.
 *
 * What is made of a file is many times its text, and a fleet is judged system by system: a few systems' files are enough to keep.
 *
 * @param read Must depend on its arguments only, and its answer must not be changed.
 * @param most Texts whose answers are kept; the one that nobody asked about for longest goes first.
 */
export function once<Result>(read: (file: string, text: string) => Result, most = 200): (file: string, text: string) => Result {
  // By text first: a text remembers its own hash, one that is joined from two would be hashed anew each time.
  const known = new Map<string, Map<string, Result>>();
  return (file, text) => {
    const ofText = known.get(text) ?? new Map<string, Result>();
    const before = ofText.get(file);
    const result = before ?? read(file, text);
    if (before === undefined) ofText.set(file, result);
    known.delete(text);
    known.set(text, ofText);
    const [oldest] = known.size > most ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
    return result;
  };
}
