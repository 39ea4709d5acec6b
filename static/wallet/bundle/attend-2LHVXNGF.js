import{va as a}from"./chunk-STO7FQW3.js";import"./chunk-2EU6JZLB.js";import"./chunk-WOT6VMZA.js";export{a as attend};
