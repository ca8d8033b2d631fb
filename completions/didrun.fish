# Completion of didrun for fish. Made by tools/make-completions.sh.
complete -c didrun -n __fish_use_subcommand -f -a examine -d 'the main job: read everything, print the verdicts'
complete -c didrun -n __fish_use_subcommand -f -a verdicts -d 'all verdicts, one a line; --csv'
complete -c didrun -n __fish_use_subcommand -f -a explain -d 'verdicts with their ladders'
complete -c didrun -n __fish_use_subcommand -f -a coverage -d 'what was recorded, when; --damage: what could not be read'
complete -c didrun -n __fish_use_subcommand -f -a check -d 'one claim: a command line, or --claim ID NAME=VALUE...'
complete -c didrun -n __fish_use_subcommand -f -a programs -d 'every program that the evidence mentions, whether it ran, and what says so; --csv'
complete -c didrun -n __fish_use_subcommand -f -a timeline -d 'every fact in the order of time; --csv'
complete -c didrun -n __fish_use_subcommand -f -a find -d 'facts that hold a text: a name, SID, address, hash; --csv'
complete -c didrun -n __fish_use_subcommand -f -a parse -d 'records of a file, without any interpretation'
complete -c didrun -n __fish_use_subcommand -f -a rules -d 'list, show, check and test the rules'
complete -c didrun -n __fish_use_subcommand -f -a doctor -d 'versions, hashes of the data, a self-test'
complete -c didrun -n __fish_use_subcommand -f -a note -d 'what an examiner says to a verdict of a case'
complete -c didrun -n "__fish_seen_subcommand_from examine" -l from -x
complete -c didrun -n "__fish_seen_subcommand_from examine" -l to -x
complete -c didrun -n "__fish_seen_subcommand_from examine" -l last -x
complete -c didrun -n "__fish_seen_subcommand_from examine" -l tz -x
complete -c didrun -n "__fish_seen_subcommand_from examine" -l host -x
complete -c didrun -n "__fish_seen_subcommand_from examine" -l claim -x
complete -c didrun -n "__fish_seen_subcommand_from examine" -l verdict -x
complete -c didrun -n "__fish_seen_subcommand_from examine" -l output -s o -r
complete -c didrun -n "__fish_seen_subcommand_from examine" -l overwrite -s C
complete -c didrun -n "__fish_seen_subcommand_from examine" -l into -r
complete -c didrun -n "__fish_seen_subcommand_from examine" -l rules -r
complete -c didrun -n "__fish_seen_subcommand_from examine" -l data -r
complete -c didrun -n "__fish_seen_subcommand_from examine" -l threads -x
complete -c didrun -n "__fish_seen_subcommand_from examine" -l all
complete -c didrun -n "__fish_seen_subcommand_from examine" -l json
complete -c didrun -n "__fish_seen_subcommand_from examine" -l quiet -s q
complete -c didrun -n "__fish_seen_subcommand_from examine" -l verbose -s v
complete -c didrun -n "__fish_seen_subcommand_from examine" -l no-color
complete -c didrun -n "__fish_seen_subcommand_from examine" -l progress
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l from -x
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l to -x
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l last -x
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l tz -x
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l host -x
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l claim -x
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l verdict -x
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l rules -r
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l data -r
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l threads -x
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l all
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l csv
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l json
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l quiet -s q
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l verbose -s v
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l no-color
complete -c didrun -n "__fish_seen_subcommand_from verdicts" -l progress
complete -c didrun -n "__fish_seen_subcommand_from explain" -l from -x
complete -c didrun -n "__fish_seen_subcommand_from explain" -l to -x
complete -c didrun -n "__fish_seen_subcommand_from explain" -l last -x
complete -c didrun -n "__fish_seen_subcommand_from explain" -l tz -x
complete -c didrun -n "__fish_seen_subcommand_from explain" -l host -x
complete -c didrun -n "__fish_seen_subcommand_from explain" -l claim -x
complete -c didrun -n "__fish_seen_subcommand_from explain" -l verdict -x
complete -c didrun -n "__fish_seen_subcommand_from explain" -l rules -r
complete -c didrun -n "__fish_seen_subcommand_from explain" -l data -r
complete -c didrun -n "__fish_seen_subcommand_from explain" -l threads -x
complete -c didrun -n "__fish_seen_subcommand_from explain" -l all
complete -c didrun -n "__fish_seen_subcommand_from explain" -l json
complete -c didrun -n "__fish_seen_subcommand_from explain" -l quiet -s q
complete -c didrun -n "__fish_seen_subcommand_from explain" -l verbose -s v
complete -c didrun -n "__fish_seen_subcommand_from explain" -l no-color
complete -c didrun -n "__fish_seen_subcommand_from explain" -l progress
complete -c didrun -n "__fish_seen_subcommand_from coverage" -l from -x
complete -c didrun -n "__fish_seen_subcommand_from coverage" -l to -x
complete -c didrun -n "__fish_seen_subcommand_from coverage" -l last -x
complete -c didrun -n "__fish_seen_subcommand_from coverage" -l host -x
complete -c didrun -n "__fish_seen_subcommand_from coverage" -l rules -r
complete -c didrun -n "__fish_seen_subcommand_from coverage" -l data -r
complete -c didrun -n "__fish_seen_subcommand_from coverage" -l threads -x
complete -c didrun -n "__fish_seen_subcommand_from coverage" -l all
complete -c didrun -n "__fish_seen_subcommand_from coverage" -l damage
complete -c didrun -n "__fish_seen_subcommand_from coverage" -l json
complete -c didrun -n "__fish_seen_subcommand_from coverage" -l quiet -s q
complete -c didrun -n "__fish_seen_subcommand_from coverage" -l verbose -s v
complete -c didrun -n "__fish_seen_subcommand_from coverage" -l no-color
complete -c didrun -n "__fish_seen_subcommand_from coverage" -l progress
complete -c didrun -n "__fish_seen_subcommand_from check" -l from -x
complete -c didrun -n "__fish_seen_subcommand_from check" -l to -x
complete -c didrun -n "__fish_seen_subcommand_from check" -l last -x
complete -c didrun -n "__fish_seen_subcommand_from check" -l tz -x
complete -c didrun -n "__fish_seen_subcommand_from check" -l host -x
complete -c didrun -n "__fish_seen_subcommand_from check" -l claim -x
complete -c didrun -n "__fish_seen_subcommand_from check" -l at -x
complete -c didrun -n "__fish_seen_subcommand_from check" -l rules -r
complete -c didrun -n "__fish_seen_subcommand_from check" -l data -r
complete -c didrun -n "__fish_seen_subcommand_from check" -l threads -x
complete -c didrun -n "__fish_seen_subcommand_from check" -l all
complete -c didrun -n "__fish_seen_subcommand_from check" -l json
complete -c didrun -n "__fish_seen_subcommand_from check" -l quiet -s q
complete -c didrun -n "__fish_seen_subcommand_from check" -l verbose -s v
complete -c didrun -n "__fish_seen_subcommand_from check" -l no-color
complete -c didrun -n "__fish_seen_subcommand_from check" -l progress
complete -c didrun -n "__fish_seen_subcommand_from programs" -l from -x
complete -c didrun -n "__fish_seen_subcommand_from programs" -l to -x
complete -c didrun -n "__fish_seen_subcommand_from programs" -l last -x
complete -c didrun -n "__fish_seen_subcommand_from programs" -l tz -x
complete -c didrun -n "__fish_seen_subcommand_from programs" -l host -x
complete -c didrun -n "__fish_seen_subcommand_from programs" -l claim -x
complete -c didrun -n "__fish_seen_subcommand_from programs" -l verdict -x
complete -c didrun -n "__fish_seen_subcommand_from programs" -l rules -r
complete -c didrun -n "__fish_seen_subcommand_from programs" -l data -r
complete -c didrun -n "__fish_seen_subcommand_from programs" -l threads -x
complete -c didrun -n "__fish_seen_subcommand_from programs" -l all
complete -c didrun -n "__fish_seen_subcommand_from programs" -l limit -x
complete -c didrun -n "__fish_seen_subcommand_from programs" -l csv
complete -c didrun -n "__fish_seen_subcommand_from programs" -l json
complete -c didrun -n "__fish_seen_subcommand_from programs" -l quiet -s q
complete -c didrun -n "__fish_seen_subcommand_from programs" -l verbose -s v
complete -c didrun -n "__fish_seen_subcommand_from programs" -l no-color
complete -c didrun -n "__fish_seen_subcommand_from programs" -l progress
complete -c didrun -n "__fish_seen_subcommand_from timeline" -l from -x
complete -c didrun -n "__fish_seen_subcommand_from timeline" -l to -x
complete -c didrun -n "__fish_seen_subcommand_from timeline" -l last -x
complete -c didrun -n "__fish_seen_subcommand_from timeline" -l tz -x
complete -c didrun -n "__fish_seen_subcommand_from timeline" -l host -x
complete -c didrun -n "__fish_seen_subcommand_from timeline" -l rules -r
complete -c didrun -n "__fish_seen_subcommand_from timeline" -l data -r
complete -c didrun -n "__fish_seen_subcommand_from timeline" -l threads -x
complete -c didrun -n "__fish_seen_subcommand_from timeline" -l all
complete -c didrun -n "__fish_seen_subcommand_from timeline" -l csv
complete -c didrun -n "__fish_seen_subcommand_from timeline" -l json
complete -c didrun -n "__fish_seen_subcommand_from timeline" -l quiet -s q
complete -c didrun -n "__fish_seen_subcommand_from timeline" -l verbose -s v
complete -c didrun -n "__fish_seen_subcommand_from timeline" -l no-color
complete -c didrun -n "__fish_seen_subcommand_from timeline" -l progress
complete -c didrun -n "__fish_seen_subcommand_from find" -l from -x
complete -c didrun -n "__fish_seen_subcommand_from find" -l to -x
complete -c didrun -n "__fish_seen_subcommand_from find" -l last -x
complete -c didrun -n "__fish_seen_subcommand_from find" -l tz -x
complete -c didrun -n "__fish_seen_subcommand_from find" -l host -x
complete -c didrun -n "__fish_seen_subcommand_from find" -l rules -r
complete -c didrun -n "__fish_seen_subcommand_from find" -l data -r
complete -c didrun -n "__fish_seen_subcommand_from find" -l threads -x
complete -c didrun -n "__fish_seen_subcommand_from find" -l all
complete -c didrun -n "__fish_seen_subcommand_from find" -l csv
complete -c didrun -n "__fish_seen_subcommand_from find" -l json
complete -c didrun -n "__fish_seen_subcommand_from find" -l quiet -s q
complete -c didrun -n "__fish_seen_subcommand_from find" -l verbose -s v
complete -c didrun -n "__fish_seen_subcommand_from find" -l no-color
complete -c didrun -n "__fish_seen_subcommand_from find" -l progress
complete -c didrun -n "__fish_seen_subcommand_from parse" -l xml
complete -c didrun -n "__fish_seen_subcommand_from parse" -l offsets
complete -c didrun -n "__fish_seen_subcommand_from parse" -l recovered
complete -c didrun -n "__fish_seen_subcommand_from parse" -l key -x
complete -c didrun -n "__fish_seen_subcommand_from parse" -l data -r
complete -c didrun -n "__fish_seen_subcommand_from parse" -l threads -x
complete -c didrun -n "__fish_seen_subcommand_from parse" -l json
complete -c didrun -n "__fish_seen_subcommand_from parse" -l quiet -s q
complete -c didrun -n "__fish_seen_subcommand_from parse" -l verbose -s v
complete -c didrun -n "__fish_seen_subcommand_from parse" -l no-color
complete -c didrun -n "__fish_seen_subcommand_from parse" -l progress
complete -c didrun -n "__fish_seen_subcommand_from rules" -l rules -r
complete -c didrun -n "__fish_seen_subcommand_from rules" -l data -r
complete -c didrun -n "__fish_seen_subcommand_from rules" -l threads -x
complete -c didrun -n "__fish_seen_subcommand_from rules" -l json
complete -c didrun -n "__fish_seen_subcommand_from rules" -l quiet -s q
complete -c didrun -n "__fish_seen_subcommand_from rules" -l verbose -s v
complete -c didrun -n "__fish_seen_subcommand_from rules" -l no-color
complete -c didrun -n "__fish_seen_subcommand_from rules" -l progress
complete -c didrun -n "__fish_seen_subcommand_from doctor" -l rules -r
complete -c didrun -n "__fish_seen_subcommand_from doctor" -l data -r
complete -c didrun -n "__fish_seen_subcommand_from doctor" -l threads -x
complete -c didrun -n "__fish_seen_subcommand_from doctor" -l json
complete -c didrun -n "__fish_seen_subcommand_from doctor" -l quiet -s q
complete -c didrun -n "__fish_seen_subcommand_from doctor" -l verbose -s v
complete -c didrun -n "__fish_seen_subcommand_from doctor" -l no-color
complete -c didrun -n "__fish_seen_subcommand_from doctor" -l progress
complete -c didrun -n "__fish_seen_subcommand_from note" -l accept
complete -c didrun -n "__fish_seen_subcommand_from note" -l dispute
complete -c didrun -n "__fish_seen_subcommand_from note" -l by -x
complete -c didrun -n "__fish_seen_subcommand_from note" -l remove -x
complete -c didrun -n "__fish_seen_subcommand_from note" -l threads -x
complete -c didrun -n "__fish_seen_subcommand_from note" -l json
complete -c didrun -n "__fish_seen_subcommand_from note" -l quiet -s q
complete -c didrun -n "__fish_seen_subcommand_from note" -l verbose -s v
complete -c didrun -n "__fish_seen_subcommand_from note" -l no-color
complete -c didrun -n "__fish_seen_subcommand_from note" -l progress
