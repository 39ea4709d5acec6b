import{va as a}from"./chunk-IUWFVYVE.js";import"./chunk-6SZLZW5A.js";import"./chunk-WOT6VMZA.js";export{a as attend};
