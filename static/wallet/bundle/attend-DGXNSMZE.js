import{va as a}from"./chunk-5DH2PPGS.js";import"./chunk-LRZMQ4ZQ.js";import"./chunk-WOT6VMZA.js";export{a as attend};
