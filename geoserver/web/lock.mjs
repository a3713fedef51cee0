// Installs by package.json and leaves a lock file without any address: the pins and integrity
// values stay, the sponsors' links go. Run as `npm run lock` after a version was changed.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const lockFile = new URL('package-lock.json', import.meta.url);

execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
  cwd: new URL('.', import.meta.url),
  stdio: 'inherit',
});
const lock = JSON.parse(readFileSync(lockFile, 'utf8'));
for (const entry of Object.values(lock.packages)) delete entry.funding;
writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`);
