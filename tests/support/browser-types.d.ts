// The types of playwright-core name these four. The whole `lib.dom` would let every file of the program
// believe that it runs in a browser.
type Node = object;
type HTMLElement = object;
type SVGElement = object;
type HTMLElementTagNameMap = object;
