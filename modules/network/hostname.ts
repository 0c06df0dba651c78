/** The name of this device on the network. */

let name = 'micronic';

export function hostName(): string {
  return name;
}

export function setHostName(to: string): void {
  name = to;
}
