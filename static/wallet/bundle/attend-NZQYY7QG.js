import{va as a}from"./chunk-BPLWDY7F.js";import"./chunk-AOC4WMQ7.js";import"./chunk-WOT6VMZA.js";export{a as attend};
