import { data } from "@actions/expressions";
import { expect } from "chai";
import fc from "fast-check";
import { expandMatrix } from "../../pipelines/matrix.ts";
import { fromPlain, toPlain } from "../../pipelines/values.ts";

type Plain = Record<string, unknown>;

function expand(vectors: Record<string, readonly unknown[]>, include: readonly Plain[] = [], exclude: readonly Plain[] = []) {
  const dictionary = (entry: Plain): data.Dictionary => fromPlain(entry) as data.Dictionary;
  const { combinations, unmatchedExcludes } = expandMatrix({
    vectors: Object.entries(vectors).map(([key, values]) => ({ key, values: values.map(fromPlain) })),
    include: include.map(dictionary),
    exclude: exclude.map(dictionary),
  });
  return {
    values: combinations.map((combination) => toPlain(combination.values) as Plain),
    segments: combinations.map((combination) => combination.segments.join(", ")),
    unmatchedExcludes,
  };
}

describe("pipelines/matrix: the combinations of a job", () => {
  it("multiplies the keys in order, the last one changing fastest", () => {
    expect(expand({ a: [1, 2], b: ["x", "y"] }).segments).to.deep.equal(["1, x", "1, y", "2, x", "2, y"]);
  });

  it("removes what an exclude matches, also by a part of the keys", () => {
    expect(expand({ a: [1, 2], b: [1, 2] }, [], [{ a: 1 }]).segments).to.deep.equal(["2, 1", "2, 2"]);
    expect(expand({ a: [1, 2], b: [1, 2] }, [], [{ a: 1, b: 2 }]).segments).to.deep.equal(["1, 1", "2, 1", "2, 2"]);
  });

  it("compares as expressions do: without regard to case, and text with the number it spells", () => {
    expect(expand({ os: ["Linux", "macOS"] }, [], [{ os: "linux" }]).segments).to.deep.equal(["macOS"]);
    expect(expand({ v: [3.1, "3.2"] }, [], [{ v: "3.1" }, { v: 3.2 }]).segments).to.deep.equal([]);
    expect(expand({ OS: ["a", "b"] }, [], [{ os: "a" }]).segments).to.deep.equal(["b"]);
  });

  it("compares single leaves of an object, so that a part of it is enough", () => {
    const os = [
      { name: "linux", arch: "x64" },
      { name: "linux", arch: "arm" },
    ];
    expect(expand({ os }, [], [{ os: { arch: "arm" } }]).segments).to.deep.equal(["linux, x64"]);
  });

  it("[DK-5] tells which exclude matches nothing", () => {
    const python = ["3.12", "3.13"];
    const result = expand(
      { os: ["ubuntu", "macos"], python },
      [],
      [
        { os: "macos", python: "3.8" },
        { os: "macos", python: "3.12" },
      ],
    );
    expect(result.unmatchedExcludes).to.deep.equal([0]);
    expect(result.segments).to.deep.equal(["ubuntu, 3.12", "ubuntu, 3.13", "macos, 3.13"]);
  });

  it("adds an include's further values to what it matches, and keeps them out of the name", () => {
    const result = expand({ os: ["linux", "mac"] }, [{ os: "linux", publish: true }]);
    expect(result.values).to.deep.equal([{ os: "linux", publish: true }, { os: "mac" }]);
    expect(result.segments).to.deep.equal(["linux", "mac"]);
  });

  it("adds an include without a key of the matrix to every combination, and a later include wins", () => {
    expect(expand({ a: [1, 2] }, [{ x: 1 }, { a: 2, x: 2 }]).values).to.deep.equal([
      { a: 1, x: 1 },
      { a: 2, x: 2 },
    ]);
  });

  it("makes an include that matches nothing a combination of its own, with all its values in the name", () => {
    expect(expand({ a: [1] }, [{ a: 3, extra: "e" }]).segments).to.deep.equal(["1", "3, e"]);
    expect(expand({}, [{ a: 1 }, { a: 2, b: 3 }]).segments).to.deep.equal(["1", "2, 3"]);
  });

  it("puts values of the matrix before others in a combination of its own", () => {
    expect(expand({ b: [1] }, [{ extra: "e", b: 2 }]).segments).to.deep.equal(["1", "2, e"]);
  });

  it("does not match an include against a combination that was excluded", () => {
    expect(expand({ a: [1, 2] }, [{ a: 1, x: "x" }], [{ a: 1 }]).segments).to.deep.equal(["2", "1, x"]);
  });

  it("agrees with a brute force on random matrices", () => {
    const keys = ["a", "b", "c"];
    const value = fc.constantFrom(1, 2, "1", "x", "X", true);
    const vectors = fc
      .tuple(fc.subarray(keys), fc.array(fc.array(value, { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 3 }))
      .map(([names, lists]) => Object.fromEntries(names.map((name, index) => [name, lists[index] ?? [1]])));
    const entry = fc.dictionary(fc.constantFrom(...keys, "extra"), value, { minKeys: 1, maxKeys: 3, noNullPrototype: true });
    const filter = fc.dictionary(fc.constantFrom(...keys), value, { minKeys: 1, maxKeys: 2, noNullPrototype: true });
    fc.assert(
      fc.property(vectors, fc.array(entry, { maxLength: 3 }), fc.array(filter, { maxLength: 2 }), (matrix, include, excludes) => {
        const exclude = excludes.filter((one) => Object.keys(one).every((key) => key in matrix));
        expect(expand(matrix, include, exclude).values).to.deep.equal(bruteForce(matrix, include, exclude));
      }),
      { numRuns: 2000 },
    );
  });
});

/** Independent of the code under test: recursion instead of index arithmetic, plain comparison rules written out. */
function bruteForce(matrix: Record<string, readonly unknown[]>, include: readonly Plain[], exclude: readonly Plain[]): Plain[] {
  const names = Object.keys(matrix);
  const products = (rest: readonly string[]): Plain[] => {
    const [name, ...others] = rest;
    if (name === undefined) return [{}];
    return (matrix[name] ?? []).flatMap((one) => products(others).map((tail) => ({ [name]: one, ...tail })));
  };
  const number = (one: unknown): number => (one === true ? 1 : Number(one));
  const same = (left: unknown, right: unknown): boolean => {
    if (typeof left === "string" && typeof right === "string") return left.toUpperCase() === right.toUpperCase();
    return number(left) === number(right);
  };
  const fits = (filter: Plain, one: Plain): boolean =>
    Object.entries(filter).every(([key, wanted]) => !(key in matrix) || same(wanted, one[key]));
  const kept = (names.length === 0 ? [] : products(names)).filter((one) => !exclude.some((filter) => fits(filter, one)));
  const only = (one: Plain, inMatrix: boolean): Plain =>
    Object.fromEntries(Object.entries(one).filter(([key]) => key in matrix === inMatrix));
  const extended = kept.map(
    (one) => Object.assign({}, one, ...include.filter((other) => fits(other, one)).map((other) => only(other, false))) as Plain,
  );
  const alone = include
    .filter((other) => !kept.some((one) => fits(other, one)))
    .map((other) => ({ ...only(other, true), ...only(other, false) }));
  return [...extended, ...alone];
}
