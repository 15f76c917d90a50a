import { expect } from "chai";
import { X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ensureCertificates } from "../../local/cluster/certificates.ts";
import { withoutDescriptions } from "../../local/cluster/manifests.ts";
import { ensurePrograms } from "../../local/packages.ts";
import { claimStateDir, exclusively, removeStateDir } from "../../local/state.ts";
import { withStateDir } from "./services.ts";

describe("what local services need", () => {
  describe("certificates", () => {
    it("name the administrator, serve 127.0.0.1, are signed by the authority, and are made once", () =>
      withStateDir(async (dir) => {
        const files = await ensureCertificates(join(dir, "pki"));
        const [authority, admin] = [files.authority, files.adminCertificate].map((file) => new X509Certificate(readFileSync(file)));
        expect(admin!.verify(authority!.publicKey)).to.equal(true);
        expect(admin!.checkIP("127.0.0.1")).to.equal("127.0.0.1");
        expect(admin!.subject).to.contain("O=system:masters");
        expect(authority!.ca).to.equal(true);
        expect(admin!.ca).to.equal(false);
        expect(statSync(files.adminKey).mode & 0o077).to.equal(0);
        const before = readFileSync(files.adminCertificate, "utf8");
        await ensureCertificates(join(dir, "pki"));
        expect(readFileSync(files.adminCertificate, "utf8")).to.equal(before);
      }));
  });

  describe("definitions without prose", () => {
    it("lose descriptions of the schema and keep a field that is called description", () => {
      const schema = {
        description: "prose",
        type: "object",
        properties: { description: { type: "string", description: "prose" }, properties: { type: "object", description: "prose" } },
        enum: [{ description: 1 }],
      };
      expect(parse(withoutDescriptions(JSON.stringify({ spec: schema })))).to.deep.equal({
        spec: {
          type: "object",
          properties: { description: { type: "string" }, properties: { type: "object" } },
          enum: [{ description: 1 }],
        },
      });
    });
  });

  describe("system programs", () => {
    it("are taken from PATH", () =>
      withStateDir(async (dir) => {
        writeFileSync(join(dir, "redis-server"), "#!/bin/sh\n", { mode: 0o755 });
        const found = await ensurePrograms(["redis-server"], () => undefined, { path: dir, mayInstall: false });
        expect(found["redis-server"]).to.equal(join(dir, "redis-server"));
      }));

    it("that are missing, and may not be installed, are one error with the command that installs them", async () => {
      const failure = await ensurePrograms(["redis-server", "gpg"], () => undefined, { path: "", mayInstall: false }).catch(
        (error: unknown) => error as Error,
      );
      expect((failure as Error).message)
        .to.contain("redis-server, gpg")
        .and.contain("sudo apt-get install -y --no-install-recommends redis-server gnupg");
    });
  });

  describe("the state folder", () => {
    it("is removed when it is ours, and no error when it is not there", () =>
      withStateDir(async (dir) => {
        const state = join(dir, "state");
        claimStateDir(state);
        writeFileSync(join(state, "local.json"), "{}");
        removeStateDir(state);
        expect(existsSync(state)).to.equal(false);
        removeStateDir(state);
        await Promise.resolve();
      }));

    it("is neither taken nor removed when it holds something else", () =>
      withStateDir(async (dir) => {
        const home = join(dir, "home");
        mkdirSync(home);
        writeFileSync(join(home, "thesis.txt"), "");
        expect(() => {
          claimStateDir(home);
        }).to.throw(/not ours \(thesis.txt\)/);
        expect(() => {
          removeStateDir(home);
        }).to.throw(/is not removed/);
        expect(existsSync(join(home, "thesis.txt"))).to.equal(true);
        expect(() => {
          claimStateDir("relative");
        }).to.throw(/not an absolute path/);
        await Promise.resolve();
      }));

    it("is changed by one command at a time; the other says that it waits", () =>
      withStateDir(async (dir) => {
        const log: string[] = [];
        let release: () => void = () => undefined;
        const held = new Promise<void>((resolve) => (release = resolve));
        const first = exclusively(
          dir,
          () => log.push("first waits"),
          async () => {
            log.push("first begins");
            await held;
            log.push("first ends");
          },
        );
        const second = exclusively(dir, release, async () => {
          log.push("second begins");
          await Promise.resolve();
        });
        await Promise.all([first, second]);
        expect(log).to.deep.equal(["first begins", "first ends", "second begins"]);
      }));
  });
});
