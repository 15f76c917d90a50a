/**
 * The certificates of the local cluster: an authority of its own, and one certificate that serves the API and names its administrator.
 */
import { X509Certificate, webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 };
const DAY_MS = 24 * 60 * 60 * 1000;
const VALID_DAYS = 3650;
/** Made anew when less than this is left. */
const LEAST_DAYS_LEFT = 30;

/** Paths of PEM files. */
export interface Certificates {
  readonly authority: string;
  readonly adminCertificate: string;
  readonly adminKey: string;
}

/** The certificates in a folder; made when they are missing or run out within 30 days. Keys are readable by the user alone. */
export async function ensureCertificates(folder: string): Promise<Certificates> {
  const files = { authority: join(folder, "ca.crt"), adminCertificate: join(folder, "admin.crt"), adminKey: join(folder, "admin.key") };
  if (Object.values(files).every((file) => existsSync(file)) && daysLeft(files.adminCertificate) > LEAST_DAYS_LEFT) return files;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Loaded only where certificates are made: it takes longer than all the rest of a start that finds everything there.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");

  const notBefore = new Date(Date.now() - DAY_MS);
  const notAfter = new Date(Date.now() + VALID_DAYS * DAY_MS);
  const authorityKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=gatehouse-local",
    keys: authorityKeys,
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const adminKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const admin = await x509.X509CertificateGenerator.create({
    subject: "O=system:masters, CN=gatehouse-admin",
    issuer: authority.subject,
    publicKey: adminKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: "ip", value: "127.0.0.1" },
        { type: "dns", value: "localhost" },
        { type: "dns", value: "kubernetes.default.svc" },
      ]),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", adminKeys.privateKey));
  write(files.authority, authority.toString("pem"), 0o644);
  write(files.adminKey, x509.PemConverter.encode(pkcs8, "PRIVATE KEY"), 0o600);
  // Last, because its presence and age tell whether all is there.
  write(files.adminCertificate, admin.toString("pem"), 0o644);
  return files;
}

function daysLeft(certificate: string): number {
  return (new Date(new X509Certificate(readFileSync(certificate)).validTo).getTime() - Date.now()) / DAY_MS;
}

function write(file: string, content: string, mode: number): void {
  writeFileSync(`${file}.new`, `${content}\n`, { mode });
  renameSync(`${file}.new`, file);
}
