import{va as a}from"./chunk-NZER2WWA.js";import"./chunk-UO4LI3TN.js";import"./chunk-WOT6VMZA.js";export{a as attend};
