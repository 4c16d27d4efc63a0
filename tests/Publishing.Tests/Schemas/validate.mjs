// Reads YAML documents from standard input and checks each against the JSON schema that Kubernetes publishes for its kind.
// Prints "apiVersion kind name" for each checked document. If one is invalid, prints its faults to standard error and ends with 1.
import { text } from 'node:stream/consumers';
import { parseAllDocuments } from 'yaml';

let faults = 0;
for (const document of parseAllDocuments(await text(process.stdin), { version: '1.1' })) {
  const item = document.toJS();
  if (item === null) continue;
  const name = `${item.apiVersion} ${item.kind} ${item.metadata?.name}`;
  try {
    const { [item.kind]: Kind } = await import(`kubernetes-models/${item.apiVersion}`);
    if (!Kind) throw new Error(`${item.apiVersion} has no ${item.kind}`);
    new Kind(item).validate();
    console.log(name);
  } catch (error) {
    faults++;
    console.error(`${name}: ${error.message}`);
  }
}
process.exitCode = faults > 0 ? 1 : 0;
