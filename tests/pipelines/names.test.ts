import { data } from "@actions/expressions";
import { expect } from "chai";
import fc from "fast-check";
import { cutName, formatNumber, matrixName, nameSegments } from "../../pipelines/names.ts";
import { fromPlain } from "../../pipelines/values.ts";

describe("pipelines/names: how GitHub names a check", () => {
  for (const [value, text] of [
    [0, "0"],
    [-0, "0"],
    [3.1, "3.1"],
    [42, "42"],
    [-1.5, "-1.5"],
    [100, "100"],
    [1e14, "100000000000000"],
    [123456789012345, "123456789012345"],
    [1e15, "1E+15"],
    [1234567890123456, "1.23456789012346E+15"],
    [-2.5e20, "-2.5E+20"],
    [0.0001, "0.0001"],
    [0.00001, "1E-05"],
    [0.000015, "1.5E-05"],
    [1e-10, "1E-10"],
    [0.1 + 0.2, "0.3"],
    [1 / 3, "0.333333333333333"],
    [1.5e100, "1.5E+100"],
    [NaN, "NaN"],
    [Infinity, "Infinity"],
    [-Infinity, "-Infinity"],
  ] as const) {
    it(`prints the number ${value} as ${text}, like .NET's G15`, () => {
      expect(formatNumber(value)).to.equal(text);
    });
  }

  it("prints a number so that it reads back to 15 digits", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(formatNumber(value))).to.equal(Number(value.toPrecision(15)) + 0);
      }),
    );
  });

  it("cuts a name at 100 characters to 97 and three dots, and leaves a shorter one alone", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 250 }), (name) => {
        const cut = cutName(name);
        if (name.length <= 100) expect(cut).to.equal(name);
        else expect([cut.length, cut.slice(0, 97), cut.slice(97)]).to.deep.equal([100, name.slice(0, 97), "..."]);
      }),
    );
    expect(cutName("x".repeat(100)))
      .to.have.length(100)
      .and.not.contain("...");
    expect(cutName("x".repeat(101))).to.equal(`${"x".repeat(97)}...`);
  });

  it("puts the values of a combination in brackets, and no brackets where there is no value", () => {
    expect(matrixName("test", ["ubuntu", "3.1"])).to.equal("test (ubuntu, 3.1)");
    expect(matrixName("test", [])).to.equal("test");
  });

  it("takes all leaves of objects and lists, booleans as words, and leaves out null and the empty text", () => {
    const value = fromPlain({ os: { name: "linux", bits: 64 }, flags: [true, false, null, ""], v: 3.1 });
    expect(nameSegments(value)).to.deep.equal(["linux", "64", "true", "false", "3.1"]);
    expect(nameSegments(new data.Null())).to.deep.equal([]);
  });
});
