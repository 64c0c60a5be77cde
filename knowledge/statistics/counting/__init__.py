"""How each table of the report is counted: `COUNTS` of each module, table id -> `Count`."""
