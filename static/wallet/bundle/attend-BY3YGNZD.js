import{va as a}from"./chunk-MFMAVVXI.js";import"./chunk-CSEVXPNA.js";import"./chunk-WOT6VMZA.js";export{a as attend};
