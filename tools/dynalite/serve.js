// dynalite as a child of the tests, in the manner of local/child.py: the first line of standard input says where the
// data lives and which port to take (0: a free one), the descriptor named last gets the address, and the end of the
// input means that the parent is gone.
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import dynalite from "dynalite";

const answer = (message) => writeSync(Number(process.argv.at(-1)), `${JSON.stringify(message)}\n`);

const input = createInterface({ input: process.stdin });
input.on("close", () => process.exit());
input.once("line", (line) => {
  const { path, port } = JSON.parse(line);
  const server = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  server.on("error", (error) => answer({ error: error.message }));
  server.listen(port, "127.0.0.1", () => answer({ ok: { endpoint: `http://127.0.0.1:${server.address().port}` } }));
});
