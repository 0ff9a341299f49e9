#!/usr/bin/env bash
# `mcpb sign` puts its signature behind the end of the zip and does not write its length into the zip's comment field. Seen with
# @anthropic-ai/mcpb 2.1.2: a bundle that could be read before it was signed is then refused by yauzl 3.4.0, which reads zips for
# many programs in Node; unzip 6.00 lists it still. Whoever takes bundles has to cut off the signature first, from MCPB_SIG_V1.
# Packs and signs a bundle of its own, and reads it. Offline once installed. Fails when that changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @anthropic-ai/mcpb@2.1.2 yauzl@3.4.0

mkdir bundle
echo 'process.stdin.resume();' > bundle/server.js
cat > bundle/manifest.json <<'END'
{
  "manifest_version": "0.3",
  "name": "probe",
  "version": "1.0.0",
  "description": "Does nothing",
  "author": { "name": "Somebody" },
  "server": { "type": "node", "entry_point": "server.js", "mcp_config": { "command": "node", "args": ["${__dirname}/server.js"] } }
}
END
npx --no-install mcpb pack bundle probe.mcpb > /dev/null
cp probe.mcpb signed.mcpb
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=probe -days 1 -keyout key.pem -out cert.pem 2> /dev/null
npx --no-install mcpb sign signed.mcpb --cert cert.pem --key key.pem > /dev/null

cat > probe.mjs <<'END'
import { readFileSync } from 'node:fs';
import yauzl from 'yauzl';

const open = (path) =>
  new Promise((resolve) => {
    yauzl.open(path, { lazyEntries: true }, (error, zip) => resolve(error ? error.message.split('.')[0] : `${zip.entryCount} entries`));
  });
const [plain, signed] = ['probe.mcpb', 'signed.mcpb'].map((path) => readFileSync(path));
const results = {
  'before it is signed, yauzl reads': await open('probe.mcpb'),
  'signed, yauzl says': await open('signed.mcpb'),
  'the signed file begins with the whole plain one': signed.subarray(0, plain.length).equals(plain),
  'what follows begins with': signed.subarray(plain.length, plain.length + 11).toString(),
};
console.log(JSON.stringify(results, null, 1));
END
cat > expected.json <<'END'
{
 "before it is signed, yauzl reads": "2 entries",
 "signed, yauzl says": "Invalid comment length",
 "the signed file begins with the whole plain one": true,
 "what follows begins with": "MCPB_SIG_V1"
}
END
node probe.mjs | tee seen.json
diff expected.json seen.json && echo "As found: a signature makes the bundle a file that yauzl takes for a broken zip."
