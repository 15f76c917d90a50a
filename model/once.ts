/**
 * Reads each file once. Repositories of one organization carry the same workflow files, and several judges ask about the same one; reading
 * one costs milliseconds: without this, judging a thousand repositories takes as long as everything else together.
 *
 * @param read Must depend on its arguments only, and its answer must not be changed.
 * @param most Answers that are kept; those of the first files go first.
 */
export function once<Result>(read: (file: string, text: string) => Result, most = 1000): (file: string, text: string) => Result {
  const known = new Map<string, Result>();
  return (file, text) => {
    const key = `${file}\n${text}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const result = read(file, text);
    const [oldest] = known.size >= most ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
    known.set(key, result);
    return result;
  };
}
