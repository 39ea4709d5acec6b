import{ta as a}from"./chunk-ARV4A63V.js";import"./chunk-5VOBF6TY.js";import"./chunk-WOT6VMZA.js";export{a as attend};
