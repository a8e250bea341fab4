# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# vringctl.bash - completes the command line of vringctl(1) in bash.
#
# Verbs, options and what stands behind them are read from `vringctl --help`, so
# that this never knows a verb which the program does not; names of ports and
# vrings come from the daemon. If there is none, it stays silent.
#
# Functions talk by the variables of _vringctl(), since a $() is a process.

_vringctl()
{
	local program=${1/#\~/$HOME} cur=${COMP_WORDS[COMP_CWORD]}
	local help verb='' usage='' usage_options='' nth=0 wants='' takes='' control=()
	local words='' vrings=''

	help=$("$program" --help 2>/dev/null) || return
	_vringctl_read_line
	if [[ $wants == PATH || $wants == FILE ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		return
	fi
	if [[ $cur == -* ]]; then
		_vringctl_options
	elif [[ -z $wants ]]; then
		_vringctl_verbs
	else
		_vringctl_words
	fi
	# What stands behind "KEY=" is a word of its own for readline.
	[[ $cur == '=' ]] && cur=''
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=,] ]]; then
		compopt -o nospace 2>/dev/null
	fi
}

# What was typed before the cursor: the verb with its usage, --control, and what
# the word at the cursor is (`wants`: as the usage has it; '': a verb).
_vringctl_read_line()
{
	local i word

	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == '=' ]]; then
			continue
		elif [[ -n $takes ]]; then
			[[ $takes == PATH ]] && control=(--control "$word")
			takes=''
		elif [[ $word == -* ]]; then
			_vringctl_value_of "$word"
		elif [[ -z $verb ]]; then
			verb=$word
			[[ $help =~ $'\n  '"$verb "([^$'\n']*) ]] && usage=${BASH_REMATCH[1]}
		elif [[ ${COMP_WORDS[i - 1]} != '=' ]]; then
			nth=$((nth + 1))
		fi
	done
	wants=$takes
	if [[ -z $wants && -n $verb ]]; then
		_vringctl_argument
	fi
}

# The value that an option takes, as the usage has it.
_vringctl_value_of()
{
	if [[ $1 == --control ]]; then
		takes=PATH
	elif [[ $usage =~ \["$1 "([A-Z]+)\] ]]; then
		takes=${BASH_REMATCH[1]}
	fi
}

# The argument of the verb at the cursor; the last one if it may be repeated.
_vringctl_argument()
{
	local arguments prev=${COMP_WORDS[COMP_CWORD - 1]}
	local option='\[--?[a-z]+( [A-Z]+)?\]'

	while [[ $usage =~ $option ]]; do
		usage_options+=" ${BASH_REMATCH[0]}"
		usage=${usage/"${BASH_REMATCH[0]}"/}
	done
	read -ra arguments <<<"$usage"
	wants=${arguments[nth]:-NOTHING}
	if [[ $cur == '=' ]]; then
		wants="VALUE OF $prev"
	elif [[ $prev == '=' ]]; then
		wants="VALUE OF ${COMP_WORDS[COMP_CWORD - 2]}"
	elif [[ $usage == *' | '* && $nth -eq 0 ]]; then
		# "add SPEC | del NAME": the first word is one of several.
		wants='ONE OF '${usage//[A-Z|]/}
	elif [[ $usage =~ "$prev "([A-Z]+) && $usage == *' | '* ]]; then
		wants=${BASH_REMATCH[1]}
	elif [[ $usage == '[PORT] [KEY=VALUE]...'* ]]; then
		# The port may be left out, the rest be repeated.
		wants=KEY
		[[ $nth -eq 0 ]] && wants='PORT or KEY'
	fi
}

# Candidates for an argument.
_vringctl_words()
{
	case $wants in
	'PORT/VRING') _vringctl_vrings ;;
	*'PORT[/VRING]'*) _vringctl_guests; words+=" $vrings" ;;
	'ONE OF '*) words=${wants#ONE OF } ;;
	'VALUE OF '*) _vringctl_values "${wants#VALUE OF }" ;;
	'PORT or KEY') _vringctl_guests; _vringctl_add_keys ;;
	KEY) _vringctl_add_keys ;;
	KIND*) words='drop-call drop-kick drop-forced stale-used-event' ;;
	'[count=N]') words=count= ;;
	'A,B') _vringctl_ends ;;
	NAME) _vringctl_named ports ;;
	PORT | '[PORT]')
		case $verb in
		vrings | watch | top) _vringctl_guests ;;
		*) _vringctl_named ports ;;
		esac
		;;
	esac
}

_vringctl_verbs()
{
	local line

	while IFS= read -r line; do
		[[ $line =~ ^'  '([a-z][a-z-]*)' ' ]] && words+=" ${BASH_REMATCH[1]}"
	done <<<"$help"
}

# Those of the program before a verb, those of the verb behind it.
_vringctl_options()
{
	local line text=$usage_options

	if [[ -n $verb ]]; then
		while [[ $text =~ \[(--?[a-z]+) ]]; do
			words+=" ${BASH_REMATCH[1]}"
			text=${text#*"${BASH_REMATCH[0]}"}
		done
		return
	fi
	while IFS= read -r line; do
		[[ $line =~ ^'  '(-[a-z], )?(--[a-z-]+) ]] && words+=" ${BASH_REMATCH[2]}"
	done <<<"$help"
}

_vringctl_add_keys()
{
	words+=' stall-after= force= poll= poll-idle= log-level='
}

_vringctl_values()
{
	case $1 in
	force) words='on off' ;;
	poll) words='adaptive always never' ;;
	log-level) words='err warn info debug' ;;
	drop-* | count) words=always ;;
	esac
}

# Two names and a comma between them.
_vringctl_ends()
{
	local name names first=''

	[[ $cur == *,* ]] && first=${cur%%,*},
	_vringctl_named ports switches
	names=$words words=''
	for name in $names; do
		if [[ -z $first ]]; then
			words+=" $name,"
		elif [[ $name, != "$first" ]]; then
			words+=" $first$name"
		fi
	done
}

### The daemon ##############################################################

_vringctl_ask()
{
	timeout 1 "$program" "${control[@]}" --json "$@" 2>/dev/null
}

# vm0/rx0, vm0/tx0 ...
_vringctl_vrings()
{
	local line port=''

	while IFS= read -r line; do
		if [[ $line =~ ^\ *'"port": "'([^\"]*)'"' ]]; then
			port=${BASH_REMATCH[1]}
		elif [[ $line =~ ^\ *'"vring": "'([^\"]*)'"' ]]; then
			words+=" $port/${BASH_REMATCH[1]}"
		fi
	done < <(_vringctl_ask vrings)
}

# Their ports; they themselves are left in `vrings`.
_vringctl_guests()
{
	local vring

	_vringctl_vrings
	vrings=$words words=''
	for vring in $vrings; do
		[[ " $words " == *" ${vring%/*} "* ]] || words+=" ${vring%/*}"
	done
}

# The names in lists of `show`: ports, switches.
_vringctl_named()
{
	local line list=''

	while IFS= read -r line; do
		if [[ $line =~ ^'  "'([a-z]+)'": [' ]]; then
			list=${BASH_REMATCH[1]}
		elif [[ " $* " == *" $list "* && $line =~ ^'      "name": "'([^\"]*)'"' ]]; then
			words+=" ${BASH_REMATCH[1]}"
		fi
	done < <(_vringctl_ask show)
}

complete -F _vringctl vringctl
