// Verifies a log with Sigstore's own code (@sigstore/verify): the signed checkpoint, and the inclusion of every entry.
// node sigstore.cjs PACKAGES FOLDER
const fs = require("node:fs");
const path = require("node:path");
const crypto = require("node:crypto");

const [packages, folder] = process.argv.slice(2);
const inside = path.join(packages, "node_modules/@sigstore/verify/dist/tlog");
const { verifyCheckpoint } = require(path.join(inside, "checkpoint.js"));
const { verifyMerkleInclusion } = require(path.join(inside, "merkle.js"));
const read = (name) => fs.readFileSync(path.join(folder, name));

function log(vkey) {
  const name = vkey.slice(0, vkey.indexOf("+"));
  const key = Buffer.from(vkey.trim().slice(name.length + 10), "base64"); // behind the key hash
  const prefix = Buffer.from("302a300506032b6570032100", "hex"); // an Ed25519 key in DER (RFC 8410)
  const publicKey = crypto.createPublicKey({ key: Buffer.concat([prefix, key.subarray(1)]), format: "der", type: "spki" });
  const logID = crypto.createHash("sha256").update(name + "\n").update(key).digest();
  return { logID, publicKey, baseURL: name };
}

function* entries(size) {
  for (let start = 0; start < size; start += 256) {
    let place = String((start / 256) % 1000).padStart(3, "0");
    for (let index = Math.floor(start / 256 / 1000); index; index = Math.floor(index / 1000))
      place = `x${String(index % 1000).padStart(3, "0")}/${place}`;
    const width = Math.min(256, size - start);
    const data = read(`tile/entries/${place}${width < 256 ? `.p/${width}` : ""}`);
    for (let at = 0; at < data.length; ) {
      const end = at + 2 + data.readUInt16BE(at);
      yield data.subarray(at + 2, end);
      at = end;
    }
  }
}

try {
  const envelope = read("checkpoint").toString("utf-8");
  const proven = { inclusionProof: { checkpoint: { envelope } } };
  const checkpoint = verifyCheckpoint(proven, [log(read("log.vkey").toString())]);
  const proofs = read("proofs").toString("ascii").split("\n");
  let index = 0;
  for (const canonicalizedBody of entries(Number(checkpoint.logSize))) {
    const hashes = proofs[index].split(" ").filter(Boolean).map((hash) => Buffer.from(hash, "base64"));
    verifyMerkleInclusion({ canonicalizedBody, inclusionProof: { logIndex: String(index), hashes } }, checkpoint);
    index += 1;
  }
  if (BigInt(index) !== checkpoint.logSize) throw new Error(`${index} entries, not ${checkpoint.logSize}`);
  console.log(`${index} entries`);
} catch (error) {
  console.log(String(error.message));
  process.exit(1);
}
